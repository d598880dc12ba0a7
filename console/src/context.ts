/** The deployment's settings, for every view. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Config } from "./config";

export const ConfigContext = createContext<Config | null>(null);

export function useConfig(): Config {
  const config = useContext(ConfigContext);
  if (!config) throw new Error("a view outside of the shell");
  return config;
}
