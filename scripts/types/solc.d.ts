/** The part of the solc package that the scripts use; it ships no types. */
declare module "solc" {
  const solc: {
    /** Long version, such as 0.8.30+commit.73712a01.Emscripten.clang. */
    version(): string;
    /** Compiles a standard-json input and returns a standard-json output. */
    compile(input: string): string;
  };
  export default solc;
}
