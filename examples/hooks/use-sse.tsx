import { useEventStream } from 'perennial-sse/react';

/** The hook of a guide: a handler for each name, the newest one. */
export function useSSE<T>(url: string, events: Record<string, (data: T) => void> = {}) {
  const onEvent = ({ event, data }: { event: string; data: string }) =>
    events[event]?.(JSON.parse(data));
  const { data, error, status } = useEventStream<T>(url, { onEvent });
  return { data, error, isConnected: status === 'open' };
}
