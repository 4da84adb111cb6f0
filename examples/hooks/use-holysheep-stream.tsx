import { useAnswer } from 'perennial-sse/react';

/** The hook of a guide, with a route in place of a key; what came is kept by itself. */
export function useHolySheepStream(api: string, model: string) {
  const answer = useAnswer({ api, body: { model } });
  const { messages, text: currentContent, status, error, attempt: retryCount } = answer;
  const isStreaming = status !== 'ready' && status !== 'error';
  const { sendMessage: startStream, stop: stopStream } = answer;
  return { messages, currentContent, isStreaming, error, retryCount, startStream, stopStream };
}
