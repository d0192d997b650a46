/** The public door to EDN text: `yore/edn`. */

export { BigDecimal } from './data/big-decimal.ts'
