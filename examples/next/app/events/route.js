import { upstream } from '../../lib/upstream.js';

export function GET(request) {
  const { headers, signal } = request;
  return upstream(headers.get('last-event-id'), { signal }).toResponse(request);
}
