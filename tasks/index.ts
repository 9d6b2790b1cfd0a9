import "./account";
import "./internal/quiet";
import "./internal/solc";
import "./liquidation";
import "./market";
import "./oracle";
import "./risk";
import "./trade";
