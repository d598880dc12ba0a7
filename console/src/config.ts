/** What the deployment says about itself: console/config.json, next to the page. */

export interface ClusterNode {
  readonly name: string;
  readonly zone: string;
  readonly clusterPeerId: string;
  readonly kuboPeerId: string;
}

export interface Config {
  /** The cluster's name, as people know it. */
  readonly name: string;
  /** Where the gateway is: an origin, without a slash at the end. */
  readonly gateway: string;
  readonly nodes: readonly ClusterNode[];
  /** On how many nodes a pin is, by default; -1 is all of them. */
  readonly replication: { readonly min: number; readonly max: number };
  /** What a node may hold, in GiB. */
  readonly storageMaxGib: number;
  /** Whether it only follows others, whose pins it holds: every request that would change something is refused. */
  readonly readOnly: boolean;
  /** What readers of the gateway need: nothing, user name and password, or a token. */
  readonly gatewayAuthentication: null | "basic" | "token";
  /** The address of the runbook, to which a section is added. */
  readonly docs: string;
}

/** Reads it. It is small, and never kept by the browser: a deployment may have changed it. */
export async function loadConfig(signal?: AbortSignal): Promise<Config> {
  const answer = await fetch("config.json", { cache: "no-cache", credentials: "omit", ...(signal ? { signal } : {}) });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return (await answer.json()) as Config;
}

/** The address of a section of the runbook. */
export function runbook(config: Config, section: string): string {
  return `${config.docs}#${section}`;
}
