import { json } from '@sveltejs/kit';
import { hub } from '$lib/server/events.js';

export const GET = () => json(hub.stats().clients);
