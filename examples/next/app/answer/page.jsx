import { Answer } from './answer.jsx';

export default function Page() {
  return <Answer title="App router, answerRoutes()" api="/answers" />;
}
