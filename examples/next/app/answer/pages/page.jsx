import { Answer } from '../answer.jsx';

export default function Page() {
  return <Answer title="Pages router, run.pipe()" api="/api/answers" />;
}
