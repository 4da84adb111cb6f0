import { hub } from '$lib/server/events.js';

export const GET = ({ request }) => hub.response(request, { channels: ['news'] });
