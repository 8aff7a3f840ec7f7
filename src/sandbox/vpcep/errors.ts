import type { BodyProblem } from '../http/body.ts';
import { pathId, Refusal, type Call, type RefuseParameter } from '../http/exchange.ts';
import type { Service, World } from '../model.ts';

const MESSAGES: Record<string, string> = {
  'EndPoint.0002': 'Parameter error.',
  'EndPoint.0004': 'No permission.',
  'EndPoint.0005': 'The requested resource does not exist.',
  'EndPoint.0006': 'Invalid limit.',
  'EndPoint.0007': 'Invalid action.',
  'EndPoint.0010': 'Invalid offset.',
  'EndPoint.0016': 'Too many resources in one call.',
  'EndPoint.0017': 'Invalid sort key.',
  'EndPoint.0018': 'Invalid sort direction.',
  'EndPoint.0019': 'Invalid status.',
  'EndPoint.0020': 'Invalid VPC id.',
  'EndPoint.0021': 'Invalid marker id.',
  'EndPoint.2048': 'Invalid policy.',
  'EndPoint.2049': 'The endpoint has no policy.',
};

/** Codes of VPCEP "Error Codes" for single parameters; the others share EndPoint.0002. */
const CODE_OF_PARAMETER: Record<string, string> = {
  limit: 'EndPoint.0006',
  offset: 'EndPoint.0010',
  sort_key: 'EndPoint.0017',
  sort_dir: 'EndPoint.0018',
  status: 'EndPoint.0019',
  vpc_id: 'EndPoint.0020',
  marker_id: 'EndPoint.0021',
};

/** A refusal in the shape of VPCEP. */
export const vpcepRefusal = (status: number, code: string, detail?: string): Refusal => {
  const words = [MESSAGES[code], detail].filter((part) => part !== undefined);
  return new Refusal(status, { error_code: code, error_msg: words.join(' ') });
};

/** The refusal of a wrong parameter. */
export const refuseParameter: RefuseParameter = (name, detail) =>
  vpcepRefusal(400, CODE_OF_PARAMETER[name] ?? 'EndPoint.0002', detail);

/** The refusal of a wrong body; a missing one is a 504 (VPCEP "Error Codes"). */
export const refuseBody = ({ kind, detail, code }: BodyProblem): Refusal => {
  if (kind === 'missing') return vpcepRefusal(504, 'EndPoint.0011', detail);
  if (kind === 'shape') return vpcepRefusal(400, code ?? 'EndPoint.0002', detail);
  return vpcepRefusal(400, 'EndPoint.1004', detail);
};

/** The refusal of an unknown id. */
export const notFound = (): Refusal => vpcepRefusal(404, 'EndPoint.0005');

/** The own endpoint service that the path names; details of another account's service are refused. */
export const ownService = (call: Call, world: World): Service => {
  const id = pathId(call, 'vpc_endpoint_service_id', refuseParameter);
  const service = world.services.find((candidate) => candidate.id === id);
  if (service !== undefined) return service;
  const foreign = world.visibleServices.find((candidate) => candidate.id === id);
  throw foreign?.refusal === 'EndPoint.0004' ? vpcepRefusal(403, 'EndPoint.0004') : notFound();
};
