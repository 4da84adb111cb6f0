import { Chat } from './chat.jsx';
import { Headlines } from './headlines.jsx';

export default function Page() {
  return (
    <main>
      <h1>Assistant</h1>
      <Headlines />
      <Chat />
    </main>
  );
}
