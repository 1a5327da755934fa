using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>Tests that measure the process's memory, so that no other may run meanwhile.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
