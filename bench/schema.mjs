/** Attributes of the benches' databases. */

export const attribute = (name, type, more = {}) => ({
  ':db/ident': `:${name}`,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})
export const indexed = { ':db/index': true }
export const unique = { ':db/unique': ':db.unique/identity' }
