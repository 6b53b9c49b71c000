"""Score a submission from Python: what `subkit score` does, with the same words.

python examples/score_from_python.py
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from evaluator.datasets import open_dataset
from evaluator.run import score
from evaluator.track import open_track
from submission_kit.submission import open_submission


def main() -> None:
    """Score the nearest class mean on the embedded track."""
    submission = open_submission(Path(__file__).parent / "nearest_mean")
    track = open_track("digits-100")
    with TemporaryDirectory() as folder:
        run = score(submission, track, open_dataset(track.dataset), "dev", Path(folder))
    for record in run.records:
        limit = record["limits"]["memory"]
        print(
            f"instance {record['instance']['seed']}: {record['verdict']['name']}, "
            f"accuracy {record['accuracy']:.2%}, {record['seconds']['charged']:.1f} s, "
            f"{limit['used'] / 1e6:.0f} MB by {limit['enforced_by']}"
        )
    print(f"score {run.score.value:.2%}")


if __name__ == "__main__":
    main()
