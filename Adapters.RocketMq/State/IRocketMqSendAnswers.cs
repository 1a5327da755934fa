using Cmq.MultiProtocol.Adapters.RocketMq.Codec;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Where the answers of sends go that nobody awaits. For each send that begins, one of the others is called once,
/// in a turn of the loop.</summary>
internal interface IRocketMqSendAnswers
{
    /// <summary>It goes to the core now.</summary>
    void Begins(RocketMqCommand request);

    /// <summary>A majority has it on disk.</summary>
    void Sent(RocketMqCommand request, RocketMqCommand answer);

    /// <summary>It is not stored, or that is not known.</summary>
    void NotSent(RocketMqCommand request, Exception fault);
}
