import { z } from 'zod';
import { badInput } from '../client-error.ts';
import type { Project } from '../http/client.ts';
import { isVendorId } from './input.ts';

/** What an opaque id stands for: a type, the project it lives in, and the vendor's ids that tell it apart there. */
export interface NodeId {
  type: string;
  region: string;
  projectId: string;
  parts: readonly string[];
}

const VERSION = 1;
const part = z.string().refine(isVendorId);
const Wire = z.tuple([z.literal(VERSION), z.string(), part, part], part);

/** An opaque, URL-safe id. It holds region and project, so that serving more of them changes no id. */
export const encodeNodeId = (type: string, { region, projectId }: Project, ...parts: string[]): string =>
  Buffer.from(JSON.stringify([VERSION, type, region, projectId, ...parts])).toString('base64url');

const parsed = (id: string): unknown => {
  try {
    return JSON.parse(Buffer.from(id, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
};

/** What an id stands for. Anything that is not one of ours is refused before it gets near a URL. */
export const decodeNodeId = (id: string): NodeId => {
  const wire = Wire.safeParse(parsed(id));
  if (!wire.success) throw badInput('This is not an `id` of this graph. Take it from an `id` field.');
  const [, type, region, projectId, ...parts] = wire.data;
  return { type, region, projectId, parts };
};
