import { news } from '../../../lib/news.js';

export const POST = news.unsubscribe;
