import { Heading } from "../components/basics";

export function PinPage({ cid }: { cid: string }) {
  return <Heading>{cid}</Heading>;
}
