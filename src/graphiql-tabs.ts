/** What GraphiQL opens with: one tab for each question that people bring. */
export const TABS: readonly { query: string; variables?: string }[] = [{ query: '{ clusters { nodes { name } } }' }];
