using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Thesis 4.2.1: a learner votes when a round takes less than an election.</summary>
public sealed class CatchUpRoundsTests
{
    private const int MaxTicks = 3;

    private static readonly NodeId Learner = new(4);

    private readonly CatchUpRounds _rounds = new(MaxTicks);

    [Fact]
    public void A_learner_that_is_at_the_end_of_an_idle_log_is_ready_after_a_tick()
    {
        Tick(match: 100, last: 100);
        Assert.False(_rounds.IsCaughtUp(Learner));
        Tick(match: 100, last: 100);
        Assert.True(_rounds.IsCaughtUp(Learner));
    }

    [Fact]
    public void A_round_that_takes_too_long_does_not_count_but_the_next_one_may()
    {
        Tick(match: 0, last: 1000);
        for (int i = 0; i < MaxTicks; i++)
            Tick(match: 100, last: 2000);
        Tick(match: 1000, last: 3000);
        Assert.False(_rounds.IsCaughtUp(Learner));

        Tick(match: 2000, last: 3100);
        Tick(match: 3000, last: 3200);
        Assert.True(_rounds.IsCaughtUp(Learner));
    }

    [Fact]
    public void One_that_falls_behind_again_has_to_prove_itself_again()
    {
        Tick(match: 100, last: 100);
        Tick(match: 100, last: 200);
        Assert.True(_rounds.IsCaughtUp(Learner));
        for (int i = 0; i <= MaxTicks; i++)
            Tick(match: 100, last: 300);
        Assert.False(_rounds.IsCaughtUp(Learner));
    }

    [Fact]
    public void A_silent_learner_and_a_new_leader_begin_at_the_beginning()
    {
        Tick(match: 100, last: 100);
        Tick(match: 100, last: 100, active: false);
        Assert.False(_rounds.IsCaughtUp(Learner));

        Tick(match: 100, last: 100);
        Assert.True(_rounds.IsCaughtUp(Learner));
        _rounds.Clear();
        Assert.False(_rounds.IsCaughtUp(Learner));
    }

    private void Tick(long match, long last, bool active = true) => _rounds.Tick(
        [
            new MemberProgress(new NodeId(1), last, IsLearner: false, IsActive: true, NeedsSnapshot: false),
            new MemberProgress(Learner, match, IsLearner: true, active, NeedsSnapshot: false),
        ],
        last);
}
