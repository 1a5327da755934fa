namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>The custom fields of one kind of request or answer.</summary>
public interface IRocketMqHeader
{
    /// <summary>Appends its fields; what is null is left out.</summary>
    void Write(RocketMqFields fields);
}
