import { expect } from "chai";

import { failuresIn } from "../../../scripts/lib/failures";

describe("Failures in an output", () => {
  it("are mocha's report and Forge's lines, once each", () => {
    const output = [
      "    ✔ adds",
      "  2 passing (1s)",
      "  1 failing",
      "",
      "  1) Ledger",
      "       adds:",
      "     AssertionError: expected 1 to equal 2",
      "",
      "Ran 2 tests for test/fuzz/Math.t.sol:MathTest",
      "    a line that is no failure",
      "\u001b[31m[FAIL: LEDGER-1]\u001b[0m invariant_booksBalance() (runs: 1)",
      "Failing tests:",
      "[FAIL: LEDGER-1] invariant_booksBalance() (runs: 1)",
    ];
    expect(failuresIn(output.join("\n"))).to.deep.equal([
      "  1 failing",
      "  1) Ledger",
      "       adds:",
      "     AssertionError: expected 1 to equal 2",
      "[FAIL: LEDGER-1] invariant_booksBalance() (runs: 1)",
    ]);
  });

  it("are none where everything passed", () => {
    expect(failuresIn("  2 passing (1s)\nSuite result: ok. 1 passed; 0 failed\n")).to.deep.equal([]);
  });
});
