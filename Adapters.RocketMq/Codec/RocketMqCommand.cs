namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>One frame: a request or an answer (specification section 2).</summary>
/// <param name="Code">A <see cref="RocketMqRequestCode"/>, or in an answer a
/// <see cref="RocketMqResponseCode"/>; peers send others, too.</param>
/// <param name="Opaque">Chosen by the asker, copied by the answer; any 32 bits.</param>
/// <param name="Flag">See the constants.</param>
public sealed record RocketMqCommand(int Code, int Opaque, int Flag)
{
    /// <summary>An answer.</summary>
    public const int ResponseFlag = 1;

    /// <summary>A request that must not be answered.</summary>
    public const int OneWayFlag = 2;

    /// <summary>What we call ourselves: 4.1.0 (snapshot), as its own brokers say.</summary>
    public const int OwnVersion = 232;

    public RocketMqLanguage Language { get; init; }

    /// <summary>Ordinal of the peer's version.</summary>
    public int Version { get; init; } = OwnVersion;

    public string? Remark { get; init; }

    /// <summary>The header's own fields; null writes none at all.</summary>
    public RocketMqFields? Fields { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    public RocketMqSerialization Serialization { get; init; }

    public bool IsResponse => (Flag & ResponseFlag) != 0;

    public bool IsOneWay => (Flag & OneWayFlag) != 0;

    /// <summary>An answer to this request, in its serialization.</summary>
    public RocketMqCommand Answer(RocketMqResponseCode code, string? remark = null) =>
        new((int)code, Opaque, ResponseFlag) { Remark = remark, Serialization = Serialization };

    /// <summary>A successful answer with a header.</summary>
    public RocketMqCommand Answer<T>(T header)
        where T : IRocketMqHeader =>
        new((int)RocketMqResponseCode.Success, Opaque, ResponseFlag)
        {
            Serialization = Serialization,
            Fields = RocketMqFields.Of(header),
        };
}
