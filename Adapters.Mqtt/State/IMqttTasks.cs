namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>A conversation as its parts see it.</summary>
internal interface IMqttTasks
{
    /// <summary>Unix ms, of the present turn.</summary>
    long NowMs { get; }

    /// <summary>Cancelled when the connection goes. Ask for it anew for each call: an idle connection has none.</summary>
    CancellationToken Stopping { get; }

    /// <summary>Takes what goes on while the client is read; should it fail, the connection ends.</summary>
    void Run(Task task);
}
