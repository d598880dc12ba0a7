import { Heading } from "../components/basics";
import { texts } from "../texts";

export function Pins() {
  return <Heading>{texts.pins.heading}</Heading>;
}
