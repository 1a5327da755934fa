using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Waits for a command's answer. Called exactly once per command, on a core thread; must not block.</summary>
internal interface ILaneCompletion
{
    /// <param name="tag">As given with the command.</param>
    /// <param name="bytes">The command's size, as the lane returned it.</param>
    /// <param name="answer">The answer.</param>
    void Completed(ulong tag, int bytes, Answer answer);

    /// <summary>False: it waits as long as the node's life lasts, because only the true outcome is of use.</summary>
    bool TimesOut => true;

    /// <summary>The end of a run of answers: whoever batches its wake-ups does it now.</summary>
    void Flush();
}
