/**
 * Lets tasks have ethers as it is. Hardhat hands it out behind a proxy that asks for a stack trace whenever it is used,
 * which a deployment does some hundred times.
 */
import { extendEnvironment } from "hardhat/config";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

extendEnvironment((hre) => {
  const proxy = hre.ethers;
  const property = (value: Partial<PropertyDescriptor>): void => {
    Object.defineProperty(hre, "ethers", { configurable: true, enumerable: true, ...value });
  };
  property({
    // Loaded no earlier than the proxy would load it.
    get: () => {
      const value = Object.defineProperties({}, Object.getOwnPropertyDescriptors(proxy));
      property({ value, writable: true });
      return value as HardhatRuntimeEnvironment["ethers"];
    },
  });
});
