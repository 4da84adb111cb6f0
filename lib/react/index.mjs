'use client';

export { useAnswer } from './use-answer.js';
export { useEventStream } from './use-event-stream.js';
