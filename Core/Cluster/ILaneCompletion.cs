using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Waits for a command's answer. Called exactly once per command, on a core thread; must not block.</summary>
internal interface ILaneCompletion
{
    void Completed(ulong tag, Answer answer);

    /// <summary>The end of a run of answers: whoever batches its wake-ups does it now.</summary>
    void Flush();
}
