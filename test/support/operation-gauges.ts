/** Gauges of operations in `/metrics`. */
export interface Gauges {
  running: number;
  waiting: number;
  subscriptions: number;
}

/** Reads the gauges from `/metrics`. */
export const readGauges = async ({ url }: { url: string }): Promise<Gauges> => {
  const said = await (await fetch(`${url}/metrics`)).text();
  const states = [...said.matchAll(/^gateway_operations\{state="(\w+)"\} (\d+)$/gm)];
  return Object.fromEntries(states.map(([, state, count]) => [state!, Number(count)])) as unknown as Gauges;
};

/** The gauges of an idle gateway. */
export const IDLE: Gauges = { running: 0, waiting: 0, subscriptions: 0 };
