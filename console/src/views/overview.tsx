import { Heading } from "../components/basics";
import { texts } from "../texts";

export function Overview() {
  return <Heading>{texts.overview.heading}</Heading>;
}
