namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>What a publication does to the last value of its topic and key.</summary>
public enum LastValueChange : byte
{
    None = 0,

    /// <summary>It becomes the last value.</summary>
    Put = 1,

    /// <summary>There is none any more.</summary>
    Clear = 2,
}
