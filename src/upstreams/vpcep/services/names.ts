/** Reversed domains of the clouds, as the names of their own services have them. */
const CLOUDS = ['com.myhuaweicloud', 'com.t-systems.otc'];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** Takes the service id from the end of a name; null for the cloud's own services, and for masked or short names. */
export const parseServiceId = (name: string): string | null => {
  const last = lastPart(name);
  return UUID.test(last) ? last : null;
};

/** Removes a part from a name, wherever it stands; undefined where the name does not have it. */
const removePart = (name: string, part: string): string | undefined => {
  const dotted = `.${name}.`;
  const at = dotted.indexOf(`.${part}.`);
  if (at < 0) return undefined;
  const rest = `${dotted.slice(0, at)}.${dotted.slice(at + part.length + 2)}`;
  return rest.replace(/^\.+|\.+$/g, '');
};

/**
 * Takes the label from a service's full name; null where it has none. The cloud's own services are
 * `com.myhuaweicloud.{region}.{service}`, `{region}.com.myhuaweicloud.v4.obsv2.{storage cluster}` and the like: all but cloud and
 * region. Users' services are `{region}.{label}.{service id}`, or without a label; no label has a dot.
 */
export const parseLabel = (name: string, region: string): string | null => {
  for (const cloud of CLOUDS) {
    const rest = removePart(name, cloud);
    if (rest !== undefined) return (removePart(rest, region) ?? rest) || null;
  }
  const parts = name.split('.');
  return parts.length === 3 ? parts[1]! : null;
};
