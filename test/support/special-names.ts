/** Names that JavaScript, JSON, GraphQL, an executor or a compiler knows: clients may give them to what they ask for. */
export const SPECIAL_NAMES: readonly string[] = `
  then catch finally toJSON toString valueOf constructor prototype hasOwnProperty isPrototypeOf
  __proto__ __defineGetter__ __typename length name arguments caller call apply get set size next
  message undefined null true false NaN Symbol Object Error Promise eval this function class await
  async yield new delete in let super return query mutation fragment data errors extensions http result
  err idx0 nodeType finalType coerced input index id nodes edges Cluster Node
`
  .trim()
  .split(/\s+/);
