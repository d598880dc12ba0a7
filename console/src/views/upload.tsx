import { Heading } from "../components/basics";
import { texts } from "../texts";

export function UploadView() {
  return <Heading>{texts.upload.heading}</Heading>;
}
