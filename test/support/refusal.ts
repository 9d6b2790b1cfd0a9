/** Refusals, by the name of their error and every value it carries. */
import { expect } from "chai";
import { Interface } from "ethers";

import { type ErrorFragment, errorFragments } from "../../sdk/abi";

/** Every error a caller of the protocol can meet. */
export type ErrorName = ErrorFragment["name"];

const errors = { interface: new Interface(errorFragments) };

/** The call must revert with exactly this error and these values, one for each that the error has. */
export async function refused(sent: Promise<unknown>, name: ErrorName, ...values: unknown[]): Promise<void> {
  await expect(sent)
    .to.be.revertedWithCustomError(errors, name)
    .withArgs(...values);
}
