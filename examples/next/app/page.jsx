import Link from 'next/link';
import { Stream } from './stream.jsx';

export default function Page() {
  return (
    <main>
      <h1>One upstream, two routes</h1>
      <Stream title="App router, toResponse()" url="/events" />
      <Stream title="Pages router, pipe(response)" url="/api/events" />
      <h2>
        <Link href="/assistant">A chat, with useAnswer()</Link>
      </h2>
      <h2>Answers that outlive a reload</h2>
      <Link href="/answer">App router</Link> <Link href="/answer/pages">Pages router</Link>
    </main>
  );
}
