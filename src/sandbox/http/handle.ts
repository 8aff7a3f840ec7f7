import { authRefusal, type SignedRequest } from './auth.ts';
import { gatewayRefusal, Refusal, type Answer, type Deps } from './exchange.ts';
import { tokenRefusal } from '../iam/routes.ts';
import { createRouter } from './router.ts';
import { ROUTES } from '../routes.ts';

/** A request with its body read. */
export interface Received extends SignedRequest {
  body: Buffer;
}

const match = createRouter(ROUTES);

const answerOrRefusal = (request: Received, deps: Deps, requestId: string): Answer => {
  const refuse = (status: number, code: string, message: string) =>
    gatewayRefusal(status, code, message, requestId);
  const matched = match(request.method, request.path);
  if (matched.found === 'nothing') throw refuse(404, 'APIGW.0101', 'The API does not exist.');
  if (matched.found === 'path') throw refuse(405, 'APIGW.0501', 'The method is not supported.');
  const { route, path } = matched;
  if (route.huaweiOnly && deps.world.edition === 'otc')
    throw refuse(404, 'APIGW.0101', 'The API does not exist.');
  const { query, headers, body } = request;
  if (!route.open) {
    const unauthorized =
      authRefusal(request, requestId) ?? tokenRefusal(request.headers, deps.world, requestId);
    if (unauthorized !== undefined) throw unauthorized;
    if (path['project_id'] !== deps.world.projectId)
      throw refuse(403, 'APIGW.0310', 'The project is not known.');
  }
  return route.handle({ path, query, headers, body: body.toString() }, deps);
};

/** Answers a request as the services, and the API gateway in front of them, do. */
export const handle = (request: Received, deps: Deps, requestId: string): Answer => {
  try {
    return answerOrRefusal(request, deps, requestId);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    // A mistake of the sandbox itself: said aloud, so that a test does not blame the gateway.
    const message = `The sandbox failed: ${error instanceof Error ? error.stack : String(error)}`;
    return gatewayRefusal(500, 'APIGW.0601', message, requestId).answer;
  }
};
