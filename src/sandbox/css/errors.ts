import { pathId, Refusal, type Call, type RefuseParameter } from '../http/exchange.ts';
import type { BodyProblem } from '../http/body.ts';
import type { Cluster, World } from '../model.ts';

/** A refusal in the shape that CSS sends in practice; the message repeats the code. */
export const cssRefusal = (status: number, code: string, message: string): Refusal =>
  new Refusal(status, { errCode: code, externalMessage: `${code} : ${message}` });

/** The refusal of a wrong parameter. */
export const refuseParameter: RefuseParameter = (_name, detail) =>
  cssRefusal(400, 'CSS.0001', `Incorrect parameters. (${detail})`);

/** The refusal of a wrong body. */
export const refuseBody = ({ detail }: BodyProblem): Refusal => refuseParameter('body', detail);

/** The cluster that the path names. */
export const findCluster = (call: Call, world: World): Cluster => {
  const id = pathId(call, 'cluster_id', refuseParameter);
  const cluster = world.clusters.find((candidate) => candidate.id === id);
  // The reference says 404; the service answers 403.
  if (cluster === undefined) throw cssRefusal(403, 'CSS.0015', 'No such cluster.');
  return cluster;
};
