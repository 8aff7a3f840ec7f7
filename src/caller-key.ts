import { hash } from 'node:crypto';
import type { Caller } from './http/request.ts';

/** Who asks, as far as it decides what may be shared. */
type Identity = Pick<Caller, 'token'> & { workspaceId: string | undefined; subject: string | undefined };

/** Tells callers apart, for what outlives a request: a digest, so that no memory holds what they prove themselves with. */
export const callerKey = ({ token, workspaceId, subject }: Identity): string =>
  hash('sha256', JSON.stringify([token, workspaceId, subject]), 'base64url');
