import type { BodyProblem } from '../http/body.ts';
import { Refusal, type Call, type RefuseParameter } from '../http/exchange.ts';
import type { Workspace, World } from '../model.ts';

/** A refusal in the shape of DataArts Insight. */
export const insightRefusal = (status: number, number: string, message: string): Refusal =>
  new Refusal(status, { error_msg: message, error_code: `DataArtsInsight.${number}` });

/** The refusal of a wrong parameter: the product's own table has no code for it, the API gateway's has. */
export const refuseParameter: RefuseParameter = (_name, detail) =>
  new Refusal(400, { error_msg: `Invalid parameter: ${detail}`, error_code: 'APIGW.0106' });

/** The refusal of a wrong body. */
export const refuseBody = ({ detail }: BodyProblem): Refusal => refuseParameter('body', detail);

/** The workspace that the request works in. */
export const findWorkspace = (call: Call, world: World): Workspace => {
  const id = call.headers['x-workspace-id'];
  if (typeof id !== 'string' || id === '')
    throw insightRefusal(400, '24150000', 'The header X-Workspace-Id is missing.');
  if (id.length > 128)
    throw refuseParameter('X-Workspace-Id', 'X-Workspace-Id must have at most 128 characters');
  const workspace = world.workspaces.find((candidate) => candidate.id === id);
  if (workspace === undefined) throw insightRefusal(400, '24150005', 'The workspace does not exist.');
  return workspace;
};
