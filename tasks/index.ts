import "./internal/quiet";
import "./internal/solc";
