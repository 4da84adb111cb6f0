import { relay } from '../../lib/relay.js';

/** How often the module of the relay has been loaded, for as long as the process lives. */
export async function GET() {
  return Response.json({ reloads: globalThis.reloads ?? 0, name: relay.name });
}

export const dynamic = 'force-dynamic';
