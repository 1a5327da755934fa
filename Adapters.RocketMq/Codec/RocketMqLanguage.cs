namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>What a peer says it is written in. In JSON by name, in the binary header by number.</summary>
public enum RocketMqLanguage : byte
{
    Java = 0,
    Cpp = 1,
    DotNet = 2,
    Python = 3,
    Delphi = 4,
    Erlang = 5,
    Ruby = 6,
    Other = 7,
    Http = 8,
    Go = 9,
    Php = 10,
    Oms = 11,
    Rust = 12,
}
