import type { Project } from '../http/client.ts';
import { isVendorId } from './validate-input.ts';

/** What an opaque id stands for: a type, the project it lives in, and the vendor's ids that tell it apart there. */
export interface NodeId {
  type: string;
  region: string;
  projectId: string;
  parts: readonly string[];
}

const VERSION = 1;

/** What is said of a text that is no id of this graph. */
export const NOT_AN_ID = 'This is not an `id` of this graph. Take it from an `id` field.';

/** An opaque, URL-safe id. It holds region and project, so that serving more of them changes no id. */
export const encodeNodeId = (type: string, { region, projectId }: Project, ...parts: string[]): string =>
  Buffer.from(JSON.stringify([VERSION, type, region, projectId, ...parts])).toString('base64url');

const WIRE = new RegExp(`^\\[${VERSION},"(\\w+)","([\\w-]+)","([\\w-]+)"((?:,"[\\w-]+")*)\\]$`);

/** What an id stands for; null where it is not one of ours, so that it never gets near a URL. */
export const decodeNodeId = (id: string): NodeId | null => {
  const [, type, region, projectId, rest] = WIRE.exec(Buffer.from(id, 'base64url').toString('latin1')) ?? [];
  if (type === undefined) return null;
  const parts = rest!.split('"').filter((_, at) => at % 2 === 1);
  return [region!, projectId!, ...parts].every(isVendorId)
    ? { type, region: region!, projectId: projectId!, parts }
    : null;
};
