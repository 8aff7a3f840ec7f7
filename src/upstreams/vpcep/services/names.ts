/** The clouds, as their reversed domains stand in the names of their own services. */
const CLOUDS = ['com.myhuaweicloud', 'com.t-systems.otc'];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** The id that ends the name of a user's service; null for names of the cloud's own services, and for masked or short ones. */
export const parseServiceId = (name: string): string | null => {
  const last = lastPart(name);
  return UUID.test(last) ? last : null;
};

/** A name without this part of it, wherever it stands; undefined where it has none. */
const removePart = (name: string, part: string): string | undefined => {
  const dotted = `.${name}.`;
  const at = dotted.indexOf(`.${part}.`);
  if (at < 0) return undefined;
  const rest = `${dotted.slice(0, at)}.${dotted.slice(at + part.length + 2)}`;
  return rest.replace(/^\.+|\.+$/g, '');
};

/**
 * What a service is called within its full name; null where it has no name of its own. The cloud's own services are
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
