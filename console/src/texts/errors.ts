/** What went wrong, and what to do about it. `detail` is what the API said. */

const because = (detail: string) => (detail ? ` The cluster says: ${detail}` : "");

export const errors = {
  offline: () => "The cluster cannot be reached. Check your connection.",
  timeout: () => "The cluster did not answer in time.",
  unauthorized: () => "The cluster does not accept this sign-in any more. Sign in again.",
  forbidden: () => "Access was denied before the request reached the cluster, by a firewall or a rule for countries.",
  missing: (detail: string) => `The cluster does not know this.${because(detail)}`,
  tooMany: () => "Too many requests. Wait a minute and try again.",
  refused: (detail: string) => `The cluster did not accept the request.${because(detail)}`,
  down: (_: string, status: number) => `No node answers the load balancer right now (${status}).`,
  failed: (detail: string) => `The request failed.${because(detail)}`,
  unreadable: () => "The answer cannot be read: it does not come from the cluster, or was cut short.",
  aborted: () => "Stopped.",
};
