/** What `/metrics` says of the operations of a gateway. */
export interface Gauges {
  running: number;
  waiting: number;
  subscriptions: number;
}

/** Reads the gauges as a monitor does. */
export const gaugesOf = async ({ url }: { url: string }): Promise<Gauges> => {
  const said = await (await fetch(`${url}/metrics`)).text();
  const states = [...said.matchAll(/^gateway_operations\{state="(\w+)"\} (\d+)$/gm)];
  return Object.fromEntries(states.map(([, state, count]) => [state!, Number(count)])) as unknown as Gauges;
};

/** What they say of a gateway that does nothing. */
export const IDLE: Gauges = { running: 0, waiting: 0, subscriptions: 0 };
