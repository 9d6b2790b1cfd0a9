import { vaultLimitNames } from "../config/schema";
import { Mode, decodeAccount } from "../sdk/words";
import { modelWaits, modulesWait, requireAnnounced } from "../scripts/lib/announcement";
import { ensure, step } from "../scripts/lib/steps";
import { loadSystem } from "../scripts/lib/system";

export default step("wiring", ["oracles", "expiries", "margin-models", "liquidation"], async (hre) => {
  const { clearinghouse, vault, parameters, ...system } = await loadSystem(hre);
  const modules = {
    priceOracle: await system.priceOracle.getAddress(),
    basisOracle: await system.basisOracle.getAddress(),
    volatilityOracle: await system.volatilityOracle.getAddress(),
    surfaceOracle: await system.surfaceOracle.getAddress(),
    expirySettlement: await system.expirySettlement.getAddress(),
    auction: await system.auction.getAddress(),
    vault: await vault.getAddress(),
  };
  await ensure(
    hre,
    "the clearinghouse knows its oracles, auction and vault",
    async () => (await clearinghouse.modules()).join() === Object.values(modules).join(),
    async () => {
      if (await modulesWait(clearinghouse)) {
        const call = clearinghouse.interface.encodeFunctionData("setModules", [modules]);
        await requireAnnounced(hre, clearinghouse, "modules", call);
      }
      return clearinghouse.setModules(modules);
    },
  );

  const models: [bigint, string][] = [
    [Mode.Isolated, await system.isolatedMargin.getAddress()],
    [Mode.Cross, await system.crossMargin.getAddress()],
    [Mode.Portfolio, await system.portfolioMargin.getAddress()],
  ];
  for (const [mode, model] of models) {
    await ensure(
      hre,
      `mode ${mode} has its margin model`,
      async () => (await clearinghouse.modelOf(mode)) === model,
      async () => {
        if (await modelWaits(clearinghouse, mode)) {
          const call = clearinghouse.interface.encodeFunctionData("registerModel", [mode, model]);
          await requireAnnounced(hre, clearinghouse, `margin models (mode ${mode})`, call);
        }
        return clearinghouse.registerModel(mode, model);
      },
    );
  }

  await ensure(
    hre,
    "the vault's account is open",
    async () => decodeAccount(await clearinghouse.accountOf(await vault.vaultAccount())).mode !== Mode.None,
    () => vault.open(),
  );

  const { vaultLimits } = parameters;
  await ensure(
    hre,
    "the vault has its limits",
    async () => {
      const limits = await vault.limits();
      return vaultLimitNames(vaultLimits).every((name) => limits[name] === BigInt(vaultLimits[name]));
    },
    () => vault.setLimits(vaultLimits),
  );
});
