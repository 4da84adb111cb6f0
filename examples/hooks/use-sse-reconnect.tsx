import { useAnswer } from 'perennial-sse/react';

/** The hook of a guide, with a route in place of a key. */
export function useSSEReconnect({ api, maxRetries = 10 }: { api: string; maxRetries?: number }) {
  const answer = useAnswer({ api, retry: { attempts: maxRetries } });
  const { messages, sendMessage, clear: clearMessages, status, attempt: retryCount, error } = answer;
  const isRetrying = status === 'reconnecting';
  const isConnected = !isRetrying && status !== 'error';
  return { messages, sendMessage, clearMessages, isConnected, isRetrying, retryCount, error };
}
